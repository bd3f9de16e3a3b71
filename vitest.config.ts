import { definePerfConfig } from './helpers/config/define-perf-config.ts'

export default definePerfConfig({
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
