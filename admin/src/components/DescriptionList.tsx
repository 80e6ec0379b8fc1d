import type { ReactNode } from 'react';
import styled from 'styled-components';
import { Typography } from '../elements';
import { Breaking } from './layout';

/** Names and their values. Each name is above its value if there is no space beside it. */
export const DescriptionList = styled.dl`
  > div {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: ${({ theme }) => theme.spaces[1]} ${({ theme }) => theme.spaces[4]};
    min-height: ${({ theme }) => theme.spaces[9]};
    padding: ${({ theme }) => theme.spaces[2]} 0;
  }

  > div + div {
    border-top: 1px solid ${({ theme }) => theme.colors.neutral150};
  }

  dt {
    flex: 1 1 9rem;
  }

  dd {
    flex: 3 1 14rem;
    min-width: 0;
  }
`;

const Value = styled.div`
  flex: 1;
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: ${({ theme }) => theme.spaces[2]} ${({ theme }) => theme.spaces[4]};
`;

interface DescriptionProps {
  readonly name: string;
  readonly children: ReactNode;
  /** On the right, for example the source of the value. */
  readonly aside?: ReactNode;
}

/** One row of {@link DescriptionList}. */
export function Description({ name, children, aside }: DescriptionProps) {
  return (
    <div>
      <Typography as="dt" textColor="neutral600">
        {name}
      </Typography>
      <dd>
        <Value>
          <Breaking>
            <Typography textColor="neutral800">{children}</Typography>
          </Breaking>
          {aside}
        </Value>
      </dd>
    </div>
  );
}
