import { closeSync, fstatSync, openSync } from 'node:fs'
import { BadInputError, CouldNotMeasureError } from '../../errors.ts'
import { absent, type Measured, measured } from '../../measured.ts'
import type { GgufFacts, GgufShape } from './gguf-facts.ts'
import { HeaderReader } from './header-reader.ts'
import { type MetadataReading, readMetadata } from './read-metadata.ts'
import { fileTypeNames, storedTypes } from './stored-types.ts'

/** Of the format; 1 had other lengths, and nothing of that time is left. */
const knownVersions = [2, 3]

/** ggml's GGML_MAX_DIMS. */
const MOST_DIMENSIONS = 4

/**
 * Reads what a GGUF file says of itself: metadata and where its tensors lie, not the tensors. Takes some 10 ms for a
 * vocabulary of 150,000 tokens.
 *
 * @throws BadInputError for a file that is not GGUF, of another version, byte order or tensor type, truncated in its header
 * or in its weights, or with lengths that it cannot have; CouldNotMeasureError when it cannot be read at all.
 */
export async function readGguf(path: string): Promise<GgufFacts> {
  const fd = openFile(path)
  try {
    return readFacts(path, fd)
  } catch (error) {
    if (error instanceof BadInputError) throw error
    throw couldNotRead(path, error)
  } finally {
    closeSync(fd)
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw couldNotRead(path, error)
  }
}

const couldNotRead = (path: string, cause: unknown) =>
  new CouldNotMeasureError(`reading the GGUF file ${path} failed: ${cause instanceof Error ? cause.message : cause}`, {
    cause,
  })

function readFacts(path: string, fd: number): GgufFacts {
  const fileBytes = fstatSync(fd).size
  const reader = new HeaderReader(path, fd, fileBytes)
  const version = readVersion(reader)
  // A tensor's info has a name's length, a number of dimensions, a type and an offset; an entry a key, a type, a value.
  const tensorCount = reader.count('tensors', 24)
  const entryCount = reader.count('entries of metadata', 13)
  const metadata = readMetadata(reader, entryCount)
  const tensors = readTensors(reader, tensorCount)
  const alignment = metadata.number('general.alignment') ?? 32
  if (!(alignment > 0)) throw reader.invalid(`has the alignment ${alignment}`)
  const headerBytes = Math.ceil(reader.position / alignment) * alignment
  requireWhole(reader, tensors, fileBytes - headerBytes)

  const family = metadata.text('general.architecture')
  if (family === null) throw reader.invalid('names no general.architecture in its metadata: no engine can load it')
  const fileType = metadata.number('general.file_type')
  const tokenEmbedding = tensors.find(({ name }) => name === 'token_embd.weight')
  return {
    path,
    version,
    family,
    name: metadata.text('general.name'),
    shape: shapeOf(family, metadata, tokenEmbedding),
    quantisation: fileType === null ? null : (fileTypeNames.get(fileType) ?? `file type ${fileType}`),
    tensors: tensors.length,
    parameters: sum(tensors.map(({ values }) => values)),
    bytesByType: bytesByType(tensors),
    tensorBytes: sum(tensors.map(({ bytes }) => bytes)),
    tokenEmbeddingBytes: tokenEmbedding?.bytes ?? 0,
    tiedEmbeddings: tokenEmbedding !== undefined && !tensors.some(({ name }) => name === 'output.weight'),
    headerBytes,
    fileBytes,
    parts: metadata.number('split.count') || 1,
  }
}

function readVersion(reader: HeaderReader): number {
  const magic = Buffer.from(
    reader.leftBytes < 4 ? [] : [reader.uint8(), reader.uint8(), reader.uint8(), reader.uint8()],
  )
  if (magic.toString('latin1') !== 'GGUF') {
    throw reader.invalid(
      `does not begin with GGUF but with ${JSON.stringify(magic.toString('latin1'))}: it is no GGUF file`,
    )
  }
  const version = reader.uint32()
  if (knownVersions.includes(version)) return version
  const isSwapped = version % 2 ** 16 === 0
  throw reader.invalid(
    isSwapped
      ? 'is written for machines of the other byte order (big-endian). Convert it with gguf_convert_endian.py'
      : `is of version ${version} of the format, of which ${knownVersions.join(' and ')} are known`,
  )
}

interface TensorInfo {
  name: string
  type: string
  values: number
  bytes: number
  /** After the header. */
  offset: number
  dimensions: number[]
}

const readTensors = (reader: HeaderReader, count: number): TensorInfo[] =>
  Array.from({ length: count }, () => readTensor(reader))

function readTensor(reader: HeaderReader): TensorInfo {
  const name = reader.string() ?? ''
  const dimensionCount = reader.uint32()
  if (dimensionCount > MOST_DIMENSIONS) {
    throw reader.invalid(
      `says that the tensor ${name} has ${dimensionCount} dimensions; at most ${MOST_DIMENSIONS} are possible`,
    )
  }
  const dimensions = Array.from({ length: dimensionCount }, () => reader.uint64())
  const id = reader.uint32()
  const offset = reader.uint64()
  const type = storedTypes.get(id)
  if (type === undefined) throw reader.invalid(`stores the tensor ${name} in type ${id}, which is not known here`)
  const values = dimensions.reduce((product, size) => product * size, 1)
  const bytes = (values / type.blockValues) * type.blockBytes
  if (!Number.isSafeInteger(bytes)) {
    throw reader.invalid(`gives the tensor ${name} the size ${dimensions.join(' × ')}, which ${type.name} cannot have`)
  }
  return { name, type: type.name, values, bytes, offset, dimensions }
}

function requireWhole(reader: HeaderReader, tensors: readonly TensorInfo[], dataBytes: number): void {
  for (const { name, offset, bytes } of tensors) {
    if (offset + bytes <= dataBytes) continue
    const lacking = (offset + bytes - dataBytes).toLocaleString('en')
    throw reader.invalid(
      `is followed by ${Math.max(0, dataBytes).toLocaleString('en')} bytes of weights, ` +
        `${lacking} too few for the tensor ${name}: it is truncated. Fetch or write it again`,
    )
  }
}

/** Without these no engine knows how much memory the model takes. */
const requiredKeys = ['block_count', 'embedding_length', 'context_length'] as const

function shapeOf(
  family: string,
  metadata: MetadataReading,
  tokenEmbedding: TensorInfo | undefined,
): Measured<GgufShape> {
  const number = (key: string) => metadata.number(`${family}.${key}`)
  const [layers, embedding, contextTokens] = requiredKeys.map(number)
  const perLayer = (key: string) => metadata.list(`${family}.${key}`, layers ?? 0)
  const heads = perLayer('attention.head_count')
  if (
    typeof layers !== 'number' ||
    typeof embedding !== 'number' ||
    typeof contextTokens !== 'number' ||
    heads === null
  ) {
    const keys = [...requiredKeys, 'attention.head_count'].map(key => `${family}.${key}`)
    return absent(`the file is of a kind without ${keys.join(', ')}, or with one of them missing`)
  }
  // What llama.cpp takes where the file names no size (llama-model.cpp, load_hparams).
  const headSize = embedding / Math.max(...heads)
  return measured({
    layers,
    embedding,
    feedForward: perLayer('feed_forward_length'),
    heads,
    kvHeads: perLayer('attention.head_count_kv') ?? heads,
    keySize: number('attention.key_length') ?? headSize,
    valueSize: number('attention.value_length') ?? headSize,
    contextTokens,
    vocabulary: metadata.items('tokenizer.ggml.tokens') ?? number('vocab_size') ?? tokenEmbedding?.dimensions[1] ?? 0,
    slidingWindow: number('attention.sliding_window') || null,
  })
}

function bytesByType(tensors: readonly TensorInfo[]): Record<string, number> {
  const bytes: Record<string, number> = {}
  for (const tensor of tensors) bytes[tensor.type] = (bytes[tensor.type] ?? 0) + tensor.bytes
  return bytes
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
