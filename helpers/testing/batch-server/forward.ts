/** One line of the input file. */
export interface InputLine {
  custom_id: string
  url: string
  body: Record<string, unknown>
}

interface StreamEvent {
  choices?: { delta?: { content?: string }; finish_reason?: string | null }[]
  usage?: unknown
}

/** Asks the engine as a stream, which every engine of this suite's tests speaks, and puts the events together. */
export async function forward(engineUrl: string, line: InputLine, signal: AbortSignal): Promise<object> {
  const answer = await fetch(`${engineUrl}${line.url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': line.custom_id },
    body: JSON.stringify({ ...line.body, stream: true, stream_options: { include_usage: true } }),
    signal,
  })
  const text = await answer.text()
  if (!answer.ok) return { status_code: answer.status, request_id: line.custom_id, body: JSON.parse(text) }
  const events = text
    .split(/\r?\n/)
    .filter(each => each.startsWith('data: {'))
    .map(each => JSON.parse(each.slice(6)) as StreamEvent)
  const choices = events.flatMap(event => event.choices ?? [])
  const message = { role: 'assistant', content: choices.map(choice => choice.delta?.content ?? '').join('') }
  const finish = choices.findLast(choice => choice.finish_reason)?.finish_reason ?? null
  const body = {
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: events.findLast(event => event.usage)?.usage,
  }
  return { status_code: 200, request_id: line.custom_id, body }
}
