// Reads the TAP output of one whole run and prints `N passed, N failed, N skipped`. Fails when no test ran, when a file
// held no test, when a test file is missing from the output, or when fewer assertions passed than there must be.
import { readFileSync, readdirSync } from 'node:fs'

const LEAST_PASSED = 300

const lines = readFileSync(process.argv[2], 'utf8').split('\n')
const closing = lines.findLast((line) => /^# \{ total: /.test(line)) ?? ''
const count = (key) => Number(new RegExp(`\\b${key}: (\\d+)`).exec(closing)?.[1] ?? 0)
const [passed, failed, skipped] = [count('pass'), count('fail'), count('skip') + count('todo')]
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)

const present = readdirSync('test', { recursive: true }).filter((file) => file.endsWith('.test.ts') && !file.includes('fixtures'))
const ran = lines.filter((line) => /^(not )?ok \d+ - test\/\S+\.test\.ts/.test(line))
const faults = [
  passed < LEAST_PASSED && `only ${passed} assertions passed, at least ${LEAST_PASSED} must`,
  failed > 0 && `${failed} failed`,
  ran.length !== present.length && `${ran.length} test files ran, ${present.length} are there`,
  ...ran.filter((line) => /# SKIP no tests found/.test(line)).map((line) => `no test in it: ${line}`)
].filter(Boolean)
for (const fault of faults) console.error(`tests: ${fault}`)
process.exitCode = faults.length > 0 ? 1 : 0
