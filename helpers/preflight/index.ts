export { gatherPreflightFacts, type PreflightSubject } from './gather-facts.ts'
export {
  judgePreflight,
  type PreflightCheck,
  type PreflightFacts,
  preflightChecks,
  preflightTitles,
} from './preflight.ts'
