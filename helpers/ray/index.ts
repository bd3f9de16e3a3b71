export { openCluster, type RayCluster } from './cluster.ts'
export { type RayAddress, rayAddress } from './ray-address.ts'
export { type RayHooks, type RayModel, type RayRequest, type RayRow, runOnRay } from './run-on-ray.ts'
