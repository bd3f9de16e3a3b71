export { type BatchConfiguration, type ConfigurationCategory, outstandingOf } from './configuration.ts'
export { type BeforeAndAfter, beforeAndAfter, matrixOf, ofCategory } from './groups.ts'
export { configurationsFrom, parseConfigurations, readConfigurations } from './read-configurations.ts'
export {
  type EngineNeeds,
  type MachineFacts,
  plannedArchitecture,
  type Refusal,
  refusalInWords,
  refusalsOf,
} from './refusals.ts'
export { type Scaling, scaled } from './scaled.ts'
export { configurationsAsYaml, type YamlComments } from './write-configurations.ts'
