import { generateKeyPairSync, sign } from 'node:crypto'

/** A certificate for 127.0.0.1 that nobody but itself has signed, and its key, both as PEM; valid until 2049. For tests. */
export function selfSignedCertificate(): { certificate: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = der(SEQUENCE, der(OBJECT_ID, Buffer.from('2a8648ce3d040302', 'hex')))
  const commonName = der(SEQUENCE, der(OBJECT_ID, Buffer.from('550403', 'hex')), der(UTF8, Buffer.from('test server')))
  const name = der(SEQUENCE, der(SET, commonName))
  const time = (text: string) => der(UTC_TIME, Buffer.from(text))
  const addresses = der(SEQUENCE, der(IP_ADDRESS, Buffer.from([127, 0, 0, 1])))
  const altNames = der(SEQUENCE, der(OBJECT_ID, Buffer.from('551d11', 'hex')), der(OCTETS, addresses))
  const content = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    der(SEQUENCE, time('200101000000Z'), time('491231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, altNames)),
  )
  const signature = sign('sha256', content, privateKey)
  const whole = der(SEQUENCE, content, ecdsaWithSha256, der(BITS, Buffer.concat([Buffer.from([0]), signature])))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

// Tags of X.690 and RFC 5280.
const INTEGER = 0x02
const BITS = 0x03
const OCTETS = 0x04
const OBJECT_ID = 0x06
const UTF8 = 0x0c
const UTC_TIME = 0x17
const SEQUENCE = 0x30
const SET = 0x31
const IP_ADDRESS = 0x87
const VERSION = 0xa0
const EXTENSIONS = 0xa3

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}
