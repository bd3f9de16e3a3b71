/** `21 November 2026, 10:32 UTC`: the same for every reader of the page. */
export function momentInWords(iso: string): string {
  const moment = new Date(iso)
  const day = moment.toLocaleDateString('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' })
  return `${day}, ${moment.toISOString().slice(11, 16)} UTC`
}
