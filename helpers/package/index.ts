export { buildPackage } from './build-package.ts'
export { restoreManifest, stageManifest } from './staged-manifest.ts'
