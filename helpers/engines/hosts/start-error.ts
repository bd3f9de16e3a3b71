import { EngineStartError } from '../../errors.ts'
import { withLog } from '../log-text.ts'
import type { ServerLog } from './server-log.ts'

/** That a server did not start, in one form for every way to start it. */
export const startError = (title: string, runsAs: string, reason: string, log: ServerLog): EngineStartError =>
  new EngineStartError(withLog(`${title} (${runsAs}) did not start: ${reason}.`, log.tail()), { log: log.kept() })
