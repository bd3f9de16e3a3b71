export type { DeployedEngine, DeploymentChoice } from './deployment-choice.ts'
export { type DeploymentFiles, deploymentFiles } from './deployment-files.ts'
