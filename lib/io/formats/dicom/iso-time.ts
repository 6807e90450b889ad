const dateTime = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?)?)?)?([+-]\d{4})?$/

/**
 * A time of DICOM in ISO 8601; undefined when it cannot be. Parts that were left out at its end stay out, but for seconds.
 * @param text DT, or DA and TM in one; a date of the old form 2012.03.24 and a time of the form 13:04:52 are understood
 * @param zone of the whole data set, where the text has none: `+0100`
 * @see DICOM PS3.5, part 6.2, 2024
 */
export function isoTime(text: string | undefined, zone?: string): string | undefined {
  const match = dateTime.exec((text ?? '').replace(/^(\d{4})\.(\d\d)\.(\d\d)/, '$1$2$3').replace(/(\d\d):(\d\d):(\d\d)/, '$1$2$3'))
  if (!match) return undefined
  const [, year, month = '', day = '', hour = '', minute = '00', second = '00', fraction = '', own = zone ?? ''] = match
  const date = [year, month, day].filter((part) => part !== '').join('-')
  if (hour === '') return isDate(date) ? date : undefined
  const offset = /^[+-]\d{4}$/.test(own) ? `${own.slice(0, 3)}:${own.slice(3)}` : ''
  // a leap second is written as 60, which Date does not know
  const known = isDate(date) && Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60
  return known ? `${date}T${hour}:${minute}:${second}${fraction && `.${fraction}`}${offset}` : undefined
}

function isDate(date: string): boolean {
  const padded = `${date}-01-01`.slice(0, 10)
  const time = Date.parse(`${padded}T00:00:00Z`)
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(padded)
}
