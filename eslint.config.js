import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import ts from 'typescript-eslint'

/** What a syntax rule forbids, and the sentence that it prints. */
const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' }
const noPlainError = {
  selector: 'ThrowStatement > NewExpression[callee.name=/^(Error|TypeError|RangeError|AggregateError)$/]',
  message: 'Throw a class of lib/errors.ts: subject, expected, received.'
}
const noTopLevelAwait = {
  selector: ':matches(AwaitExpression, ForOfStatement[await=true]):not(:function *)',
  message: 'No top-level await: require() of the package must work.'
}
const kernelSyntax = [
  { selector: 'ThrowStatement', message: 'A kernel checks nothing: the caller has.' },
  { selector: 'TryStatement', message: 'No try in a kernel.' },
  { selector: 'ForOfStatement', message: 'A kernel runs flat loops over typed arrays.' }
]

const sources = ['lib/**/*.ts', 'calibration/**/*.ts']
const nodeRooms = ['lib/io/**', 'lib/cli/**', 'lib/workers/**', 'lib/jobs/**']

export default defineConfig(
  globalIgnores([
    'build/',
    '.cache/',
    'dist/',
    '.tap/',
    'coverage/',
    'flatpanel-demo/',
    'lib/kernels/simd/*.as.ts',
    'lib/kernels/simd/kernels-module.ts',
    'test/fixtures/consumer/'
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ts.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always'],
      'no-var': 'error',
      'prefer-const': 'error',
      'max-len': ['error', { code: 140, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }],
      'no-empty': ['error', { allowEmptyCatch: true }],
      'no-control-regex': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }]
    }
  },
  {
    files: sources,
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', noDefaultExport, noPlainError, noTopLevelAwait],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      // An async function may satisfy an interface without waiting for anything itself.
      '@typescript-eslint/require-await': 'off',
      // Messages of errors say what was received, whatever it was.
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/no-base-to-string': 'off'
    }
  },
  {
    files: sources,
    ignores: ['lib/cli/**'],
    rules: {
      'no-console': 'error',
      'no-restricted-globals': ['error', { name: 'process', message: 'Only lib/cli knows the process.' }]
    }
  },
  {
    files: sources,
    ignores: nodeRooms,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*', 'fs', 'path', 'os', 'crypto'], message: 'This room also runs in browsers.' }] }
      ],
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Only lib/cli knows the process.' },
        { name: 'Buffer', message: 'This room also runs in browsers.' },
        { name: '__dirname', message: 'This room also runs in browsers.' }
      ]
    }
  },
  {
    files: ['lib/kernels/**/*.ts'],
    // compile the SIMD kernels and open the memory that they work in, or say that there is none
    ignores: ['lib/kernels/simd/{compile-kernels,open-kernels,open-own-kernels}.ts'],
    // A register set before the loop that sets it again is how a kernel tells the compiler its type.
    rules: {
      'no-useless-assignment': 'off',
      'no-restricted-syntax': ['error', noDefaultExport, noPlainError, noTopLevelAwait, ...kernelSyntax]
    }
  },
  {
    // The argument parser gives options without types; the commands behind it name them.
    files: [
      'lib/cli/build-program.ts',
      'lib/cli/build-defects-program.ts',
      'lib/cli/build-measure-program.ts',
      'lib/cli/command-action.ts'
    ],
    rules: { '@typescript-eslint/no-explicit-any': 'off', '@typescript-eslint/no-unsafe-argument': 'off' }
  },
  { files: ['**/*.d.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    // Tests say what is wrong on purpose.
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'off', '@typescript-eslint/no-unused-expressions': 'off', 'max-len': 'off' }
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        Buffer: 'readonly',
        URL: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setImmediate: 'readonly',
        setTimeout: 'readonly',
        structuredClone: 'readonly'
      }
    }
  }
)
