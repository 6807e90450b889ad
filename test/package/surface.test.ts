import { readFileSync } from 'node:fs'
import t from 'tap'
import ts from 'typescript'
import * as calibration from '../../calibration/index.js'
import * as core from '../../lib/index.js'
import * as io from '../../lib/io/index.js'
import * as ioBrowser from '../../lib/io/browser/index.js'
import * as jobs from '../../lib/jobs/index.js'
import * as quality from '../../lib/quality/index.js'
import * as simulation from '../../lib/simulation/index.js'
import { version } from '../../lib/version.js'
import * as workers from '../../lib/workers/index.js'

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, any>

/** What each entry exports at run time. A name that goes or changes is a breaking change; a new one belongs in the CHANGELOG. */
const SURFACE = [
  {
    entry: '.',
    module: core,
    names: [
      'AbortedError',
      'BAD_PIXEL_BITS',
      'CalibrationError',
      'ChecksumError',
      'DEFECT_FLAGS',
      'DetectorError',
      'ExistsError',
      'FormatError',
      'IoError',
      'ModeError',
      'NEIGHBOUR_STEPS',
      'OptionError',
      'REPAIR_METHODS',
      'ShapeError',
      'StackError',
      'UnwrittenFrameError',
      'applyLayers',
      'assertShape',
      'completeDefects',
      'createCorrector',
      'entriesOfMap',
      'fromNdarray',
      'goodNeighbourBits',
      'isDetectorError',
      'isNdarray',
      'keepLayers',
      'layersOfCalibration',
      'mergeDefects',
      'nameDefects',
      'pixelTypeOf',
      'planDefects',
      'projectDefects',
      'resolveLayers',
      'toKernelPixels',
      'toNdarray'
    ]
  },
  {
    entry: './calibration',
    module: calibration,
    names: [
      'DEFECT_PRESETS',
      'averageStack',
      'buildDefectMap',
      'buildGainMap',
      'buildOffsetMap',
      'calibrate',
      'clippedMeanOfStack',
      'medianOfStack',
      'triageStack'
    ]
  },
  {
    entry: './quality',
    module: quality,
    names: [
      'INCIDENT_SNR_SQUARED',
      'DEFECT_GROWTH_LIMITS',
      'DRIFT_LIMITS',
      'GRADES',
      'LAG_PRESETS',
      'METRICS',
      'METRIC_NAMES',
      'ORIENTATIONS',
      'chartMetric',
      'chartRecords',
      'checkLimits',
      'combinerFactor',
      'compareCalibrations',
      'compareDefects',
      'controlChart',
      'countDefects',
      'createStackStatistics',
      'createQcRecord',
      'createVerification',
      'decomposeNoise',
      'findArtefacts',
      'findEdge',
      'findNewDefects',
      'gradeDefects',
      'gradeSchema',
      'levelFromPair',
      'limitsSchema',
      'measureDarkCurrent',
      'measureBlockSteps',
      'measureDqe',
      'measureDrift',
      'measureFixedPattern',
      'measureLogHistogram',
      'measureLag',
      'measureMtf',
      'measureNoise',
      'measureNonUniformity',
      'measureNps',
      'measureOrientation',
      'measurePair',
      'measurePhotonTransfer',
      'measureSnr',
      'measureStructure',
      'measureTemporalNoise',
      'measureTileUniformity',
      'measureUniformity',
      'parseBaseline',
      'parseGrade',
      'parseLimits',
      'parseQcRecord',
      'predictNoise',
      'summarizeCalibration',
      'verifyFlats'
    ]
  },
  {
    entry: './simulation',
    module: simulation,
    names: ['createVirtualDetector']
  },
  {
    entry: './io',
    module: io,
    names: [
      'appendJsonLine',
      'countFrames',
      'findFrames',
      'formatDefectsText',
      'hashFrame',
      'loadCalibration',
      'lockFile',
      'parseCalibration',
      'parseDefectsText',
      'parseFrames',
      'readCalibrationHeader',
      'readDefects',
      'readFrames',
      'readJsonLines',
      'saveCalibration',
      'saveEditedCalibration',
      'writeDefects',
      'writeDicom',
      'writeHdf5',
      'writeNpy',
      'writeRaw',
      'writeTiff'
    ]
  },
  {
    entry: './io/browser',
    module: ioBrowser,
    names: ['parseCalibration', 'parseFrames']
  },
  {
    entry: './workers',
    module: workers,
    names: ['calibrateOnThreads', 'correctStream', 'createCorrectionPool']
  },
  {
    entry: './jobs',
    module: jobs,
    names: ['calibrateScan', 'convertScan', 'correctScan', 'measureScan', 'verifyScan']
  }
]

t.test('each entry exports exactly these names', async (t) => {
  for (const { entry, module, names } of SURFACE) t.strictSame(Object.keys(module).sort(), [...names].sort(), entry)
})

t.test('every entry of the package is held here', async (t) => {
  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'))
  t.strictSame(
    SURFACE.map(({ entry }) => entry),
    entries
  )
})

t.test('the version in the program is that of the package', async (t) => {
  t.equal(version, manifest.version)
  t.match(version, /^\d+\.\d+\.\d+$/)
})

t.test('the installed TypeScript is one that the tools work with', async (t) => {
  // TypeScript 7 has no JavaScript API: the test runner, the linter and the architecture test all need it.
  t.match(ts.version, /^6\.0\./)
  t.equal(typeof ts.createProgram, 'function')
})

t.test('what a user installs runs no scripts of ours and nothing else than dist', async (t) => {
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) t.notOk(script in manifest.scripts, script)
  t.equal(manifest.type, 'module')
  t.equal(manifest.sideEffects, false)
  t.ok('@types/ndarray' in manifest.dependencies, 'our declarations name NdArray')
  for (const name of ['ndarray', 'zeros']) t.ok(name in manifest.dependencies, `${name}: the user's, not a copy`)
})
