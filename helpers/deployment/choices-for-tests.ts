import type { GpuAccess } from '../engines/hosts/index.ts'
import type { DeploymentChoice } from './deployment-choice.ts'

/** A choice with nothing of its own but what is given. */
export const choiceOf = (
  given: Pick<DeploymentChoice, 'engine' | 'model'> & Partial<DeploymentChoice>,
): DeploymentChoice => ({
  contextTokens: 4096,
  slots: 4,
  settings: {},
  arguments: [],
  environment: {},
  image: null,
  sharedMemoryBytes: null,
  measured: ['As it was measured on 2026-11-21.'],
  ...given,
})

export const nvidia: GpuAccess = {
  hostConfig: { DeviceRequests: [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }] },
  environment: {},
}
