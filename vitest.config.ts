import { definePerfConfig } from './helpers/config/define-perf-config.ts'

export default definePerfConfig({
  // The order of the plans: the recommended test of a plan first.
  include: [
    'perf/multi-batch/sequential-batches.perf.ts',
    'perf/multi-batch/extended-stress.perf.ts',
    'perf/**/*.perf.ts',
  ],
  projects: [
    {
      test: {
        name: { label: 'unit', color: 'green' },
        include: ['helpers/**/*.test.ts', 'scripts/**/*.test.ts'],
        pool: 'forks',
        testTimeout: 60_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 0 },
      },
    },
  ],
})
