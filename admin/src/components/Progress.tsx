import { useEffect, useState } from 'react';
import { Flex, Loader, Typography } from '../elements';
import { useText } from '../text';

/** After this time, in ms, somebody who waits is told that this is not usual. */
const PATIENCE = 5000;

/** Shown while something is on its way. */
export function Progress() {
  const text = useText();
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Flex direction="column" gap={4} padding={8} aria-busy>
      <Loader>{text('progress.loading')}</Loader>
      {isLong && (
        <Typography as="p" role="status" textColor="neutral600">
          {text('progress.long')}
        </Typography>
      )}
    </Flex>
  );
}
