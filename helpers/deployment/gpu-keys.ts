import type { GpuAccess } from '../engines/hosts/index.ts'
import type { ComposeService } from './compose-file.ts'

/** What makes a container see the machine's GPUs, in compose's words; nothing where there are none. */
export function gpuKeys({ hostConfig: { DeviceRequests = [], Devices = [], Runtime } }: GpuAccess): ComposeService {
  const requests = DeviceRequests.map(({ Driver, Count, Capabilities }) => ({
    driver: Driver,
    count: Count === -1 ? 'all' : Count,
    capabilities: Capabilities.flat(),
  }))
  return {
    ...(Runtime !== undefined && { runtime: Runtime }),
    ...(requests.length > 0 && { deploy: { resources: { reservations: { devices: requests } } } }),
    ...(Devices.length > 0 && {
      devices: Devices.map(
        ({ PathOnHost, PathInContainer, CgroupPermissions }) => `${PathOnHost}:${PathInContainer}:${CgroupPermissions}`,
      ),
    }),
  }
}

/** Whether there is any. */
export const hasGpus = (gpu: GpuAccess): boolean => Object.keys(gpuKeys(gpu)).length > 0
