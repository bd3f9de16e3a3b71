export { type Recommendation, type RecommendationRole, recommend } from './recommend.ts'
export { recommendationTable } from './recommendation-table.ts'
export { recommendationsAsYaml } from './recommendations-as-yaml.ts'
export { safeGpuBytes } from './safe-gpu.ts'
