export { diskBytes } from './disk.ts'
export {
  type ChoiceFacts,
  type DecidingTraits,
  type EngineFacts,
  type Facts,
  type ModelVariant,
  modelKey,
  type StartableEngine,
} from './facts.ts'
export { itemOfCriterion } from './item-of-criterion.ts'
export { type JudgedCriteria, judgedCriteria } from './judged-criteria.ts'
export { type ItemOutlook, type Outlook, outlooks } from './outlook.ts'
export { planItems, planSpecs } from './plan-items.ts'
export type { PlanItem, PlannedModel, PlanSpec } from './plan-spec.ts'
export { variantsOf } from './planned-variants.ts'
export { plansMarkdown } from './plans-markdown.ts'
