/**
 * Whether two rows of a block may be two spans of one call, by what they say of it.
 *
 * Invariant: rows that say nothing of their model are alike to none.
 */
import type { LowCardinalityColumn, StringColumn } from './columns.ts'

/** Columns that are compared. */
export interface ComparedColumns {
  service: LowCardinalityColumn
  scope: LowCardinalityColumn
  status: LowCardinalityColumn
  requestModel: LowCardinalityColumn
  responseModel: LowCardinalityColumn
  responseId: StringColumn
}

export class AlikeRows {
  readonly #columns: ComparedColumns

  constructor(columns: ComparedColumns) {
    this.#columns = columns
  }

  /** Of one service, model and outcome, and of no two answers. */
  alike(row: number, other: number): boolean {
    const { service } = this.#columns
    if (service.numberAt(row) !== service.numberAt(other)) return false
    if (this.failed(row) !== this.failed(other)) return false
    return this.#sameModel(row, other) && this.#sameAnswer(row, other)
  }

  failed(row: number): boolean {
    return this.#columns.status.textAt(row) === 'error'
  }

  /** Two scopes say so. */
  ofTwoTools(row: number, other: number): boolean {
    const { scope } = this.#columns
    return scope.numberAt(row) !== scope.numberAt(other)
  }

  /** One may know the name that was asked for, and the other the name of what answered. */
  #sameModel(row: number, other: number): boolean {
    const names = this.#models(row)
    return this.#models(other).some((name) => name !== '' && names.includes(name))
  }

  #models(row: number): string[] {
    const { requestModel, responseModel } = this.#columns
    return [requestModel.textAt(row), responseModel.textAt(row)]
  }

  #sameAnswer(row: number, other: number): boolean {
    const { responseId } = this.#columns
    const [id, otherId] = [responseId.at(row), responseId.at(other)]
    return id === '' || otherId === '' || id === otherId
  }
}
