import { Dialog as DesignDialog } from '@strapi/design-system';
import { StrapiIcon } from './Icon';
import type { Elements } from './types';

export const Dialog: Elements['Dialog'] = ({
  title,
  children,
  onClose,
  startAction,
  endAction,
}) => (
  <DesignDialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
    <DesignDialog.Content>
      <DesignDialog.Header>{title}</DesignDialog.Header>
      <DesignDialog.Body icon={<StrapiIcon name="warning" />}>{children}</DesignDialog.Body>
      <DesignDialog.Footer>
        {startAction}
        {endAction}
      </DesignDialog.Footer>
    </DesignDialog.Content>
  </DesignDialog.Root>
);
