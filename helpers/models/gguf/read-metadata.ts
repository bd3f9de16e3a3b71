import type { HeaderReader } from './header-reader.ts'

/** Longer lists than any number of layers are vocabularies: of those only the length is kept. */
const MOST_KEPT_ITEMS = 4096

const valueTypes = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
] as const

type ValueType = (typeof valueTypes)[number]
type ItemType = Exclude<ValueType, 'array'>

const bytesOf: Record<ItemType, number> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  bool: 1,
  // Its length alone.
  string: 8,
  uint64: 8,
  int64: 8,
  float64: 8,
}

type Value =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string | null }
  /** `numbers` is null for texts and for long lists. */
  | { kind: 'list'; items: number; numbers: number[] | null }

/** Entries by key; null where there is none of that kind. */
export interface MetadataReading {
  number(key: string): number | null
  text(key: string): string | null
  /** Of a list: how many items. */
  items(key: string): number | null
  /** One number for each of so many layers, whether the file has a list or a number for all. */
  list(key: string, layers: number): number[] | null
}

/** Reads the key-value part, and keeps what is short. */
export function readMetadata(reader: HeaderReader, entries: number): MetadataReading {
  const values = new Map<string, Value>()
  for (let i = 0; i < entries; i++) {
    const key = reader.string() ?? ''
    values.set(key, readValue(reader, key))
  }
  const number = (key: string) => {
    const value = values.get(key)
    return value?.kind === 'number' ? value.value : null
  }
  return {
    number,
    text: key => {
      const value = values.get(key)
      return value?.kind === 'text' ? value.value : null
    },
    items: key => {
      const value = values.get(key)
      return value?.kind === 'list' ? value.items : null
    },
    list: (key, layers) => {
      const value = values.get(key)
      if (value?.kind === 'list') return value.numbers
      const same = number(key)
      return same === null || layers > MOST_KEPT_ITEMS ? null : new Array<number>(layers).fill(same)
    },
  }
}

function readValue(reader: HeaderReader, key: string): Value {
  const type = readType(reader, key)
  if (type === 'array') return readList(reader, key)
  if (type === 'string') return { kind: 'text', value: reader.string() }
  return { kind: 'number', value: readNumber(reader, type) }
}

function readType(reader: HeaderReader, key: string): ValueType {
  const id = reader.uint32()
  const type = valueTypes[id]
  if (type === undefined)
    throw reader.invalid(`gives the entry ${JSON.stringify(key)} the type ${id}, which does not exist`)
  return type
}

function readList(reader: HeaderReader, key: string): Value {
  const type = readType(reader, key)
  // llama.cpp has none either.
  if (type === 'array') throw reader.invalid(`has lists within the list ${JSON.stringify(key)}`)
  const items = reader.count(`items of ${key}`, bytesOf[type])
  if (type === 'string') {
    for (let i = 0; i < items; i++) reader.skip(reader.count(`bytes of a text in ${key}`, 1))
    return { kind: 'list', items, numbers: null }
  }
  if (items <= MOST_KEPT_ITEMS) {
    return { kind: 'list', items, numbers: Array.from({ length: items }, () => readNumber(reader, type)) }
  }
  reader.skip(items * bytesOf[type])
  return { kind: 'list', items, numbers: null }
}

const readNumber = (reader: HeaderReader, type: Exclude<ItemType, 'string'>): number =>
  type === 'bool' ? reader.uint8() : reader[type]()
