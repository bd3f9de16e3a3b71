const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** The bits of the nearest IEEE half float. Values beyond its range become the largest one, tiny ones become zero. */
export function halfFloatBits(value: number): number {
  single[0] = value
  // Rounding half up before the mantissa is cut may carry into the exponent, which is what rounding up means there.
  const rounded = (bits[0] as number) + 0x1000
  const sign = (rounded >>> 16) & 0x8000
  const exponent = ((rounded >>> 23) & 0xff) - 112
  if (exponent <= 0) return sign
  return sign | Math.min((exponent << 10) | ((rounded >>> 13) & 0x3ff), 0x7bff)
}

/** The bits of the nearest bfloat16: the upper half of a single float. */
export function brainFloatBits(value: number): number {
  single[0] = value
  return ((bits[0] as number) + 0x8000) >>> 16
}
