import { request } from 'undici'

/** Ports on which llama-server and its kin listen by default. */
const usualPorts = [8080, 8000, 8081, 1234]

/** Servers of llama-server's dialect that answer on this machine's usual ports within half a second. */
export async function findRunningEngines(ports: readonly number[] = usualPorts): Promise<{ url: string }[]> {
  const answers = await Promise.all(
    ports.map(async port => {
      const url = `http://127.0.0.1:${port}`
      return (await speaksDialect(url)) ? [{ url }] : []
    }),
  )
  return answers.flat()
}

/** llama-server names itself as the owner of its models. */
async function speaksDialect(url: string): Promise<boolean> {
  try {
    const answer = await request(`${url}/v1/models`, { signal: AbortSignal.timeout(500) })
    const text = await answer.body.text()
    return answer.statusCode === 200 && text.includes('"llamacpp"')
  } catch {
    // Nothing listens there, or something that is no HTTP server: no engine, which is the answer.
    return false
  }
}
