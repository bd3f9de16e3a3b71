export { type ConfigurationFile, readConfigurationFiles } from './configuration-files.ts'
export { type MergedResults, mergeResults, type Part } from './merge-results.ts'
export { type Report, reportPage } from './report-page.ts'
