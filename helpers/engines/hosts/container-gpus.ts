import { existsSync } from 'node:fs'

/** What a container is created with so that it sees the machine's GPUs, in Docker's own words (HostConfig). */
export interface GpuAccess {
  hostConfig: {
    DeviceRequests?: { Driver: string; Count: number; Capabilities: string[][] }[]
    Devices?: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[]
    Runtime?: string
  }
  environment: Record<string, string>
}

/**
 * NVIDIA by a device request, which the daemon refuses without NVIDIA's container toolkit; Jetson by NVIDIA's runtime,
 * which mounts the board's own drivers; AMD by its device nodes. Nothing where the machine has none of them.
 */
export function gpuAccess(has: (path: string) => boolean = existsSync): GpuAccess {
  if (has('/etc/nv_tegra_release')) {
    return {
      hostConfig: { Runtime: 'nvidia' },
      environment: { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'all' },
    }
  }
  if (nvidiaDevices.some(has)) {
    return {
      hostConfig: { DeviceRequests: [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }] },
      environment: {},
    }
  }
  // The compute driver's node is there for AMD alone; /dev/dri is there for other makers' GPUs too.
  if (!has('/dev/kfd')) return { hostConfig: {}, environment: {} }
  const nodes = ['/dev/kfd', '/dev/dri'].filter(has)
  return {
    hostConfig: {
      Devices: nodes.map(path => ({ PathOnHost: path, PathInContainer: path, CgroupPermissions: 'rwm' })),
    },
    environment: {},
  }
}

/** The driver's nodes, its folder where the nodes are made at first use, and WSL 2's. */
const nvidiaDevices = ['/dev/nvidiactl', '/dev/nvidia0', '/proc/driver/nvidia/version', '/dev/dxg']
