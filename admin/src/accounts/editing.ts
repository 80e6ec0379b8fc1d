/** What every control of a setting is given. */
export interface Editing<Value> {
  readonly label: string;
  readonly value: Value;
  readonly canEdit: boolean;
  readonly onChange: (value: Value) => void;
}
