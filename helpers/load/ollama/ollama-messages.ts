import { isObject } from '../completion-event.ts'
import { CannotCarry } from './cannot-carry.ts'

type Fields = Record<string, unknown>

/** Fields of a message that Ollama knows by the same name, and those that are translated. */
const known = new Set(['role', 'content', 'name', 'tool_calls', 'tool_call_id', 'thinking', 'reasoning', 'images'])

/**
 * OpenAI's chat messages as Ollama takes them: one text a message, images beside it as base64, arguments of tool calls as
 * objects, tool results with the tool's name.
 * @throws CannotCarry for anything else.
 */
export function ollamaMessages(messages: unknown): Fields[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new CannotCarry('messages', messages, 'It must be a list of at least one message.')
  }
  /** Of the calls so far, by their ids: a result names only the call. */
  const toolNames = new Map<string, string>()
  return messages.map((message, i) => ollamaMessage(message, `messages.${i}`, toolNames))
}

function ollamaMessage(message: unknown, at: string, toolNames: Map<string, string>): Fields {
  if (!isObject(message)) throw new CannotCarry(at, message, 'It must be an object with role and content.')
  for (const [field, value] of Object.entries(message)) {
    if (!known.has(field) && value !== null) throw new CannotCarry(`${at}.${field}`, value)
  }
  const { text, images } = readContent(message.content, `${at}.content`)
  const allImages = [...(Array.isArray(message.images) ? message.images : []), ...images]
  const thinking = message.thinking ?? message.reasoning
  const toolCalls = readToolCalls(message.tool_calls, `${at}.tool_calls`, toolNames)
  const callId = message.tool_call_id
  const toolName = message.role === 'tool' ? (message.name ?? toolNames.get(String(callId))) : undefined
  return {
    role: message.role,
    content: text,
    ...(thinking ? { thinking } : {}),
    ...(allImages.length > 0 ? { images: allImages } : {}),
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    ...(callId ? { tool_call_id: callId } : {}),
    ...(toolName ? { tool_name: toolName } : {}),
  }
}

/** Texts of several parts are joined by line ends, as vLLM and llama.cpp do it. */
function readContent(content: unknown, at: string): { text: string; images: string[] } {
  if (content === undefined || content === null) return { text: '', images: [] }
  if (typeof content === 'string') return { text: content, images: [] }
  if (!Array.isArray(content)) throw new CannotCarry(at, content, 'It must be a text or a list of parts.')
  const texts: string[] = []
  const images: string[] = []
  for (const [i, part] of content.entries()) {
    const text = isObject(part) && part.type === 'text' ? part.text : undefined
    const image = isObject(part) && part.type === 'image_url' ? imageData(part.image_url) : undefined
    if (typeof text === 'string') texts.push(text)
    else if (image !== undefined) images.push(image)
    else {
      const advice = 'Parts may be texts, and images as data URIs (data:image/png;base64,…).'
      throw new CannotCarry(`${at}.${i}`, part, advice)
    }
  }
  return { text: texts.join('\n'), images }
}

/** The base64 of a data URI, `{url}` or bare; undefined where it is none: Ollama fetches nothing. */
function imageData(image: unknown): string | undefined {
  const url = isObject(image) ? image.url : image
  if (typeof url !== 'string') return undefined
  return /^data:image\/[\w.+-]+;base64,(.+)$/s.exec(url)?.[1]
}

function readToolCalls(calls: unknown, at: string, toolNames: Map<string, string>): Fields[] {
  if (calls === undefined || calls === null) return []
  if (!Array.isArray(calls)) throw new CannotCarry(at, calls, 'It must be a list of calls.')
  return calls.map((call: unknown, i) => {
    const called = isObject(call) && isObject(call.function) ? call.function : null
    const args = called === null ? undefined : readArguments(called.arguments)
    if (!isObject(call) || called === null || args === undefined) {
      throw new CannotCarry(`${at}.${i}`, call, 'It must be a function with a name and arguments that are JSON.')
    }
    if (typeof call.id === 'string' && typeof called.name === 'string') toolNames.set(call.id, called.name)
    return { ...(call.id ? { id: call.id } : {}), function: { index: i, name: called.name, arguments: args } }
  })
}

/** OpenAI has them as text, Ollama as an object. */
function readArguments(value: unknown): Fields | undefined {
  if (isObject(value)) return value
  if (typeof value !== 'string') return undefined
  try {
    const json: unknown = JSON.parse(value)
    return isObject(json) ? json : undefined
  } catch {
    // The caller says which call it is.
    return undefined
  }
}
