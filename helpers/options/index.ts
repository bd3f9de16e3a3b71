export { type ModelChoice, type OptionName, optionDefinitions, type PerfOptions } from './options.ts'
export { type OptionInput, resolveOptions } from './resolve-options.ts'
