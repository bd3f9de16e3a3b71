export { type SyntheticVisionModel, syntheticVisionModel } from './synthetic-vision-model.ts'
export { findVisionModel, type VisionModel, visionCatalogue } from './vision-catalogue.ts'
export type { VisionTower } from './vision-tower.ts'
