import type { SettingsView, Source } from '../../../server/admin-contract';
import { Flex, Icon, Typography } from '../elements';
import { useText } from '../text';

interface LockedByProps {
  readonly source: Source;
  readonly files: SettingsView['configFiles'];
}

/** Names the config file that sets a value, so that the page cannot change it. */
export function LockedBy({ source, files }: LockedByProps) {
  const text = useText();
  const file = files[source === 'environment-config' ? source : 'config'];
  return (
    <Flex gap={1}>
      <Icon name="locked" color="neutral600" size={3} />
      <Typography variant="pi" textColor="neutral600">
        {text('locked', { file })}
      </Typography>
    </Flex>
  );
}
