import { definePerfConfig } from './helpers/config/define-perf-config.ts'

/** They measure, or start runs that do: one at a time, and nothing beside them. */
const wholeRuns = [
  'helpers/{batches,config,fixtures,keep-alive}/**/*.test.ts',
  'helpers/exporter/exporter-run.test.ts',
  'helpers/batch-inference/http-runner.test.ts',
  'helpers/compare/real-runs.test.ts',
  'helpers/matchers/settle.test.ts',
  'helpers/lab/lab.test.ts',
  'helpers/limits/trials.test.ts',
  'helpers/machine/{swap,paging}/**/*.test.ts',
  'helpers/package/package.test.ts',
  'helpers/ray/local-ray.test.ts',
  'helpers/serving/failover.test.ts',
  'helpers/tuning/matrix-run.test.ts',
  'scripts/gate.test.ts',
]

/** On a machine that others use too a test of real processes may be red once: CI gives it a second try. */
const retry = Number(process.env.TEST_RETRY ?? 0)

export default definePerfConfig({
  // The order of the plans, and within a plan its own.
  include: [
    'perf/multi-batch/sequential-batches.perf.ts',
    'perf/multi-batch/extended-stress.perf.ts',
    'perf/multi-batch/production-simulation.perf.ts',
    'perf/multi-batch/*.perf.ts',
    'perf/model-limits/medium-models.perf.ts',
    'perf/model-limits/large-models.perf.ts',
    'perf/model-limits/vision-models.perf.ts',
    'perf/model-limits/limit-discovery.perf.ts',
    'perf/optimisation/*.perf.ts',
    'perf/model-swapping/concurrent-capacity.perf.ts',
    'perf/model-swapping/swap-performance.perf.ts',
    'perf/model-swapping/real-world-scenarios.perf.ts',
    'perf/model-swapping/*.perf.ts',
    'perf/batch-inference/over-http.perf.ts',
    'perf/batch-inference/*.perf.ts',
    'perf/engine-tuning/*.perf.ts',
    'perf/**/*.perf.ts',
  ],
  projects: [
    {
      test: {
        name: { label: 'unit', color: 'green' },
        include: ['helpers/**/*.test.ts', 'scripts/**/*.test.ts'],
        exclude: [...wholeRuns, 'helpers/**/*.docker.test.ts', 'helpers/**/*.browser.test.ts'],
        pool: 'forks',
        testTimeout: 60_000,
        retry,
        hookTimeout: 60_000,
        sequence: { groupOrder: 0 },
      },
    },
    {
      test: {
        name: { label: 'integration', color: 'cyan' },
        include: wholeRuns,
        pool: 'forks',
        fileParallelism: false,
        testTimeout: 180_000,
        retry,
        hookTimeout: 60_000,
        sequence: { groupOrder: 2 },
      },
    },
    {
      test: {
        name: { label: 'docker', color: 'blue' },
        include: ['helpers/**/*.docker.test.ts'],
        pool: 'forks',
        fileParallelism: false,
        testTimeout: 300_000,
        hookTimeout: 300_000,
        sequence: { groupOrder: 3 },
      },
    },
    {
      test: {
        name: { label: 'browser', color: 'white' },
        include: ['helpers/**/*.browser.test.ts'],
        pool: 'forks',
        fileParallelism: false,
        testTimeout: 180_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 5 },
      },
    },
    {
      test: {
        name: { label: 'conformance', color: 'yellow' },
        include: ['helpers/conformance/*.conformance.ts'],
        pool: 'forks',
        fileParallelism: false,
        testTimeout: 900_000,
        hookTimeout: 900_000,
        sequence: { groupOrder: 4 },
      },
    },
  ],
})
