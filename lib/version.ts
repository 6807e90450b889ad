/** Version of this package, as it stands in provenance; a test holds it equal to package.json. */
export const version = '0.1.0'
