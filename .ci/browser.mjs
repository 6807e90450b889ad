// Bundles the installed package into two pages: one whose Content-Security-Policy allows scripts of its own origin and nothing else,
// where the TypeScript kernels must serve, and one that allows WebAssembly too, where the SIMD kernels must. Lets headless Chromium
// calibrate and correct there, and compares with the plain formula. Arguments: the browser, a folder where flatpanel is installed.
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const [chromium, consumer] = process.argv.slice(2)
const STRICT = "default-src 'none'; script-src 'self'"
const POLICIES = { typescript: STRICT, simd: `${STRICT} 'wasm-unsafe-eval'` }

const program = `
import { createCorrector } from 'flatpanel'
import { calibrate } from 'flatpanel/calibration'
import { createVirtualDetector } from 'flatpanel/simulation'

function evalAllowed() {
  try { return new Function('return true')() } catch { return false }
}

async function job() {
  const panel = createVirtualDetector({ rows: 96, cols: 128, bits: 14, seed: 5 })
  const calibration = await calibrate({ darks: panel.darks(8), flats: [panel.flats(8)] }, { bits: 14 })
  const raw = panel.expose(1, { session: 2 })
  const out = new Float32Array(96 * 128)
  const corrector = createCorrector(calibration, { output: 'float32' })
  corrector.correct(raw.data, { out })
  const { offset, gain, defects } = calibration
  let good = 0, bad = 0, wrong = 0, sum = 0, notFinite = 0
  for (let i = 0; i < out.length; i++) {
    if (!Number.isFinite(out[i])) notFinite++
    if (defects.data[i] & 0xffff) { bad++; continue }
    good++
    sum += out[i]
    if (out[i] !== Math.fround(Math.fround(raw.data[i] - offset.data[i]) * gain.data[i])) wrong++
  }
  return { kernels: corrector.kernels, evalAllowed: evalAllowed(), good, bad, wrong, notFinite, mean: sum / good, reference: gain.reference }
}

job().then(result => JSON.stringify(result), error => 'failed: ' + error.stack).then(text => {
  const output = document.createElement('pre')
  output.textContent = 'RESULT' + text + 'END'
  document.body.append(output)
})
`

const bundle = await build({
  stdin: { contents: program, resolveDir: consumer, loader: 'js' },
  bundle: true,
  platform: 'browser',
  format: 'esm',
  write: false
})
const page = '<!doctype html><title>flatpanel</title><body><script type="module" src="/program.js"></script></body>'
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--virtual-time-budget=60000', '--dump-dom']

for (const [expected, policy] of Object.entries(POLICIES)) {
  const { kernels, evalAllowed, good, bad, wrong, notFinite, mean, reference } = await runUnder(policy)
  // One frame's output may differ by a few times the simulator's 0.5 % beam spread.
  const counted = good > 11000 && bad > 0 && good + bad === 96 * 128
  const holds = evalAllowed === false && counted && wrong === 0 && notFinite === 0 && Math.abs(mean / reference - 1) < 0.03
  if (!holds || kernels !== expected) throw new Error(`the browser gave another result, or other kernels than ${expected}`)
  console.log(`corrected in the browser by ${kernels} kernels as by the plain formula, code generation from strings forbidden`)
}

/** What the program finds on a page with this policy. */
async function runUnder(policy) {
  const server = createServer((request, response) => {
    const isProgram = request.url === '/program.js'
    response.writeHead(isProgram || request.url === '/' ? 200 : 404, {
      'content-type': isProgram ? 'text/javascript' : 'text/html',
      'content-security-policy': policy
    })
    response.end(isProgram ? bundle.outputFiles[0].text : page)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { stdout } = await promisify(execFile)(chromium, [...flags, `http://127.0.0.1:${server.address().port}/`], { timeout: 100_000 })
  server.close()
  const result = /RESULT(.*)END/s.exec(stdout)?.[1].replaceAll('&quot;', '"') ?? `no result in ${stdout}`
  console.log(result)
  return JSON.parse(result)
}
