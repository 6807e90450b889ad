// Bundles the installed package into two pages: one whose Content-Security-Policy allows scripts of its own origin and nothing else,
// where the TypeScript kernels must serve, and one that allows WebAssembly too, where the SIMD kernels must. Lets headless Chromium
// calibrate and correct there, and compares with the plain formula; the second page also reads a saved calibration and a TIFF.
// Arguments: the browser, a folder where flatpanel is installed.
import { execFile, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const [chromium, consumer] = process.argv.slice(2)
const STRICT = "default-src 'none'; script-src 'self'"
const POLICIES = { typescript: STRICT, simd: `${STRICT} 'wasm-unsafe-eval'; connect-src 'self'` }

/** What the page that may run WebAssembly is given: a calibration and a TIFF, as the installed package saves them. */
const files = await saveFiles()

const program = `
import { createCorrector } from 'flatpanel'
import { calibrate } from 'flatpanel/calibration'
import { parseCalibration, parseFrames } from 'flatpanel/io/browser'
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

/** A saved calibration and a saved frame, corrected here: the same bits as where they were saved. */
async function files() {
  const bytesOf = async (name) => new Uint8Array(await (await fetch('/' + name)).arrayBuffer())
  const calibration = await parseCalibration(await bytesOf('panel.nxs'), { name: 'panel.nxs' })
  const out = new Float32Array(96 * 128)
  const corrector = createCorrector(calibration, { output: 'float32' })
  let pages = 0
  for await (const { data } of parseFrames(await bytesOf('raw.tif'), 'raw.tif')) {
    corrector.correct(data, { out })
    pages++
  }
  const expected = new Float32Array((await bytesOf('corrected.f32')).buffer)
  return { pages, different: out.filter((value, i) => value !== expected[i]).length }
}

async function all() {
  const result = await job()
  return result.kernels === 'simd' ? { ...result, files: await files() } : result
}

all().then(result => JSON.stringify(result), error => 'failed: ' + error.stack).then(text => {
  const output = document.createElement('pre')
  output.textContent = 'RESULT' + text + 'END'
  document.body.append(output)
  fetch('/', { method: 'POST', body: text }).catch(() => {})
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
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']

for (const [expected, policy] of Object.entries(POLICIES)) {
  const { kernels, evalAllowed, good, bad, wrong, notFinite, mean, reference, files: read } = await runUnder(policy)
  // One frame's output may differ by a few times the simulator's 0.5 % beam spread.
  const counted = good > 11000 && bad > 0 && good + bad === 96 * 128
  const holds = evalAllowed === false && counted && wrong === 0 && notFinite === 0 && Math.abs(mean / reference - 1) < 0.03
  const isRead = expected === 'typescript' || (read.pages === 1 && read.different === 0)
  if (!holds || !isRead || kernels !== expected) throw new Error(`the browser gave another result, or other kernels than ${expected}`)
  console.log(`corrected in the browser by ${kernels} kernels as by the plain formula, code generation from strings forbidden`)
}

/** What the program finds on a page with this policy. */
async function runUnder(policy) {
  let post
  const posted = new Promise((resolve) => (post = resolve))
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      let text = ''
      for await (const piece of request) text += piece
      post(text)
      return void response.end()
    }
    const file = files[request.url.slice(1)]
    if (file !== undefined) return void response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(file)
    const isProgram = request.url === '/program.js'
    response.writeHead(isProgram || request.url === '/' ? 200 : 404, {
      'content-type': isProgram ? 'text/javascript' : 'text/html',
      'content-security-policy': policy
    })
    response.end(isProgram ? bundle.outputFiles[0].text : page)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}/`
  const text = policy.includes('connect-src') ? await postOf(url, posted) : await dumpOf(url)
  server.closeAllConnections()
  server.close()
  console.log(text)
  return JSON.parse(text)
}

/** Where the page may not call the server its text is read. */
async function dumpOf(url) {
  const { stdout } = await promisify(execFile)(chromium, [...flags, '--virtual-time-budget=60000', '--dump-dom', url], { timeout: 100_000 })
  return /RESULT(.*)END/s.exec(stdout)?.[1].replaceAll('&quot;', '"') ?? `no result in ${stdout}`
}

/** The browser's virtual time would run out while it hashes and compiles in the background: here it runs until the page posts. */
async function postOf(url, posted) {
  const browser = spawn(chromium, [...flags, '--remote-debugging-port=0', url], { stdio: 'ignore' })
  const late = new Promise((_, reject) => setTimeout(reject, 100_000, new Error('no result from the page')).unref())
  try {
    return await Promise.race([posted, late])
  } finally {
    browser.kill()
  }
}

async function saveFiles() {
  const resolve = createRequire(join(consumer, 'package.json')).resolve
  const [{ createCorrector }, { calibrate }, { saveCalibration, writeTiff }, { createVirtualDetector }] = await Promise.all(
    ['', '/calibration', '/io', '/simulation'].map((entry) => import(pathToFileURL(resolve(`flatpanel${entry}`)).href))
  )
  const panel = createVirtualDetector({ rows: 96, cols: 128, bits: 14, seed: 6 })
  const calibration = await calibrate({ darks: panel.darks(8), flats: [panel.flats(8)] }, { bits: 14 })
  const raw = panel.expose(1, { session: 2 })
  const corrected = createCorrector(calibration, { output: 'float32' }).correct(raw.data)
  const folder = await mkdtemp(join(tmpdir(), 'flatpanel-'))
  try {
    await saveCalibration(join(folder, 'panel.nxs'), calibration)
    await writeTiff(join(folder, 'raw.tif'), [raw])
    const [nxs, tif] = await Promise.all(['panel.nxs', 'raw.tif'].map((name) => readFile(join(folder, name))))
    return { 'panel.nxs': nxs, 'raw.tif': tif, 'corrected.f32': Buffer.from((corrected.data ?? corrected).slice().buffer) }
  } finally {
    await rm(folder, { recursive: true })
  }
}
