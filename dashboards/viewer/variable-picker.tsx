/**
 * Chooses values of a variable: several, or all.
 *
 * Invariant: a chosen value stays in the list, also when the range has no calls of it.
 */
import { useState } from 'preact/hooks'
import { useAsked } from './fetch.ts'
import { Icon } from './icons.tsx'
import { Popover } from './popover.tsx'

interface VariablePickerProps {
  readonly name: string
  readonly label: string
  /** Where the options are asked for. */
  readonly address: string
  readonly tick: number
  readonly chosen: readonly string[]
  readonly onChange: (values: readonly string[]) => void
}

/** The button, which says what is chosen, and its sheet. */
export function VariablePicker(props: VariablePickerProps) {
  const { label, chosen, onChange } = props
  const text = chosen.length === 0 ? 'All' : chosen.length === 1 ? chosen[0] : `${chosen.length} chosen`
  return (
    <div class="variable">
      <Popover
        name={label}
        active={chosen.length > 0}
        label={
          <>
            <span class="key">{label}</span>
            <span class="chosen">{text}</span>
            <Icon name="down" />
          </>
        }
      >
        {() => <Options {...props} />}
      </Popover>
      {chosen.length > 0 && (
        <button type="button" class="clear" aria-label={`${label}: all again`} onClick={() => onChange([])}>
          <Icon name="close" />
        </button>
      )}
    </div>
  )
}

function Options({ name, label, address, tick, chosen, onChange }: VariablePickerProps) {
  const [search, setSearch] = useState('')
  const { data, error } = useAsked<{ options: string[] }>(address, tick)
  const all = [...new Set([...(data?.options ?? []), ...chosen])]
  const found = all.filter((option) => option.toLowerCase().includes(search.toLowerCase()))
  const toggle = (option: string) =>
    onChange(chosen.includes(option) ? chosen.filter((value) => value !== option) : [...chosen, option])
  return (
    <div class="options">
      <input
        data-first
        type="search"
        placeholder="Search"
        aria-label={`Search ${label.toLowerCase()}`}
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <ul>
        <li>
          <label>
            <input type="checkbox" checked={chosen.length === 0} onChange={() => onChange([])} />
            <span>All</span>
          </label>
        </li>
        {found.slice(0, 200).map((option) => (
          <li key={option}>
            <label>
              <input
                type="checkbox"
                name={name}
                checked={chosen.includes(option)}
                onChange={() => toggle(option)}
              />
              <span title={option}>{option}</span>
            </label>
          </li>
        ))}
      </ul>
      {error && <p class="hint">{error}</p>}
      {data && all.length === 0 && <p class="hint">No values in this range.</p>}
      {all.length > 0 && found.length === 0 && <p class="hint">Nothing found.</p>}
      {found.length > 200 && <p class="hint">{found.length - 200} more: search to find them.</p>}
    </div>
  )
}
