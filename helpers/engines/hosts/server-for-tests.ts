/**
 * A server with the ways of real ones to misbehave, for tests: run by Node, on this machine or in a container.
 * `--host H --port N`, and any of `--exit-with CODE`, `--never-ready`, `--ignore-sigterm`, `--own-session-child`.
 * GET /health answers 200; /exit?code=N ends it; /fill takes memory until it is ended; /log?line=… writes a line;
 * /child answers with the id of the child that has a session of its own; /environment with its environment.
 */
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    host: { type: 'string' },
    port: { type: 'string' },
    'exit-with': { type: 'string' },
    'never-ready': { type: 'boolean' },
    'ignore-sigterm': { type: 'boolean' },
    'own-session-child': { type: 'boolean' },
    name: { type: 'string', multiple: true },
  },
})

console.log('\u001b[32mserver is starting\u001b[0m')
if (values['exit-with'] !== undefined) {
  console.error('something is wrong with the model')
  process.exit(Number(values['exit-with']))
}
if (values['ignore-sigterm']) process.on('SIGTERM', () => console.log('SIGTERM is ignored'))
else process.once('SIGTERM', () => process.exit(0))

const ignore = values['ignore-sigterm'] ? 'process.on("SIGTERM", () => {});' : ''
const child = values['own-session-child']
  ? spawn(process.execPath, ['--eval', `${ignore} setInterval(() => {}, 1000)`], { detached: true, stdio: 'inherit' })
  : undefined

const filled: Buffer[] = []
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server')
  if (pathname === '/health') response.statusCode = values['never-ready'] ? 503 : 200
  if (pathname === '/log') console.log(searchParams.get('line'))
  if (pathname === '/exit') process.exit(Number(searchParams.get('code')))
  if (pathname === '/fill') for (;;) filled.push(Buffer.alloc(16 * 2 ** 20, filled.length + 1))
  response.end(pathname === '/environment' ? JSON.stringify(process.env) : String(child?.pid ?? ''))
}).listen(Number(values.port), values.host)
