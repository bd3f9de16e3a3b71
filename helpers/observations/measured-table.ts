/** What a spec found, side by side: shown after its tests, kept in the results. Plain data. */
export interface MeasuredTable {
  /** `<plan>.<spec>.<what>`, stable. */
  id: string
  title: string
  columns: string[]
  /** One cell a column, ready to be read; `–` where there is nothing, with the reason in the notes. */
  rows: string[][]
  notes: string[]
}
