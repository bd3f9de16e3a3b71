import type { ErrorDetail } from './protocol.ts'

/** An answer other than success, in llama-server's form: `{"error":{"code","message","type"}}`. */
export class HttpError extends Error {
  readonly detail: ErrorDetail

  constructor(detail: ErrorDetail) {
    super(detail.message)
    this.detail = detail
  }
}

export const invalidRequest = (message: string): HttpError =>
  new HttpError({ code: 400, message, type: 'invalid_request_error' })

export const notFound = (): HttpError =>
  new HttpError({ code: 404, message: 'File Not Found', type: 'not_found_error' })

export const stillLoading = (): HttpError =>
  new HttpError({ code: 503, message: 'Loading model', type: 'unavailable_error' })

export const serverError = (message: string): HttpError => new HttpError({ code: 500, message, type: 'server_error' })
