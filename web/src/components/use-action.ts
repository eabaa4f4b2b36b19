import { useMutation, useQueryClient } from '@tanstack/react-query';
import { tell, tellError } from './toasts.tsx';

/** A change by the API: says how it went, and reads again what is shown. */
export function useAction<Input, Answer>(
  act: (input: Input) => Promise<Answer>,
  done: (answer: Answer, input: Input) => string | null,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => act(input),
    onSuccess: (answer, input) => {
      const text = done(answer, input);
      if (text !== null) tell(text);
      return queries.invalidateQueries();
    },
    onError: tellError,
  });
}
