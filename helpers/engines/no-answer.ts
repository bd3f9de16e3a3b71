/**
 * Why there was no answer, and what to do, for people: the system's own words with what they mean.
 *
 * @param error what undici or fetch() threw; fetch() keeps the reason in `cause`.
 */
export function noAnswer(error: unknown, url: string): string {
  const reason = rootOf(error)
  const said = reason.message || reason.code || String(error)
  const meaning = meaningOf(reason, url)
  return meaning === null ? said : `${said} (${meaning})`
}

/** The system's code of an error without an answer: ECONNREFUSED, ENOTFOUND, DEPTH_ZERO_SELF_SIGNED_CERT. */
export const codeOf = (error: unknown): string => rootOf(error).code

interface Reason {
  message: string
  code: string
}

/** `localhost` is tried as IPv6 and IPv4; the error of both has no message of its own. */
function rootOf(error: unknown): Reason {
  if (!(error instanceof Error)) return { message: String(error), code: '' }
  const [first] = error instanceof AggregateError ? error.errors : []
  if (first instanceof Error) return rootOf(first)
  if (error.cause instanceof Error) return rootOf(error.cause)
  return { message: error.message, code: 'code' in error ? String(error.code) : '' }
}

function meaningOf({ code, message }: Reason, url: string): string | null {
  const { hostname, host } = new URL(url)
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${host}`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name ${hostname} cannot be resolved`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `${host} cannot be reached: is the host up, and does a firewall let the port through?`
    case 'CERT_HAS_EXPIRED':
      return 'its TLS certificate has expired'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `its TLS certificate is for another name than ${hostname}`
  }
  if (untrusted.has(code)) {
    return "its TLS certificate is not signed by an authority that this machine trusts: put the signer's certificate (PEM) into a file and name it in NODE_EXTRA_CA_CERTS"
  }
  // OpenSSL read something that is no TLS record.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || message.includes('wrong version number')) {
    return `${host} does not speak TLS: use http:// in place of https://`
  }
  return null
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])
