import { definePerfConfig } from 'vitest-llm-perf/config'

export default definePerfConfig({ options: { profile: 'quick', output: 'results' } })
