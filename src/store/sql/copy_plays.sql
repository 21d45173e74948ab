copy public.listening_history (id, user_id, track_id, played_at, played_for, completed, source)
from stdin (format binary)
