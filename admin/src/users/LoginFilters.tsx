import { Box, Flex, SearchField, SelectField } from '../elements';
import { useText } from '../text';
import { outcomes } from './outcomes';
import type { Search } from './use-search';

/** Narrows the list of logins down: by how they ended, and by user. */
export function LoginFilters({ search }: { readonly search: Search }) {
  const text = useText();
  const { logins, outcome, filter } = search;
  return (
    <Flex gap={2} wrap="wrap" paddingBottom={4}>
      <Box flex="0 1 20rem" minWidth="min(100%, 14rem)">
        <SelectField
          aria-label={text('logins.filter')}
          size="S"
          value={outcome}
          options={[
            { value: 'all', label: text('logins.filter.all') },
            { value: 'failed', label: text('logins.filter.failed') },
            ...outcomes.map((code) => ({ value: code, label: text(`outcome.${code}`) })),
          ]}
          onChange={filter}
        />
      </Box>
      <Box flex="0 1 20rem">
        <SearchField
          name="login-q"
          label={text('logins.search')}
          value={logins.typed}
          placeholder={text('logins.search.placeholder')}
          clearLabel={text('identities.search.clear')}
          onChange={logins.type}
        />
      </Box>
    </Flex>
  );
}
