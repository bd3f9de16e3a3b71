import type { LaunchedServer } from './index.ts'

export type DisposableServer = LaunchedServer & AsyncDisposable

/** For tests: `await using` stops the server. */
export const disposable = (server: LaunchedServer): DisposableServer =>
  Object.assign(server, { [Symbol.asyncDispose]: () => server.stop() })
