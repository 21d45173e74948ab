"""Sends plays, likes and unlikes, as AudiOhm's backend can. Needs aiokafka.

In FastAPI one `Events` lives as long as the application:

    @asynccontextmanager
    async def lifespan(app: FastAPI):
        async with Events("localhost:9092") as app.state.events:
            yield

    app = FastAPI(lifespan=lifespan)
"""

import asyncio
import json
import sys
from datetime import datetime, timedelta, timezone
from uuid import UUID

from aiokafka import AIOKafkaProducer


class Events:
    """Each call returns once all replicas have the event, and raises if they do not get it."""

    def __init__(self, brokers: str, plays: str = "audiohm.plays", likes: str = "audiohm.likes") -> None:
        self._plays, self._likes = plays, likes
        self._producer = AIOKafkaProducer(
            bootstrap_servers=brokers,
            acks="all",
            # a repetition inside the client reaches the log once; one by the caller does no harm either
            enable_idempotence=True,
            value_serializer=lambda event: json.dumps(event).encode(),
        )

    async def __aenter__(self) -> "Events":
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        # sends what is still in memory
        await self._producer.stop()

    async def played(
        self,
        user_id: UUID,
        track_id: UUID,
        played_at: datetime,
        *,
        played_for: int = 0,
        completed: bool = False,
        source: str | None = None,
        event_id: UUID | None = None,
    ) -> None:
        """A play. With an `event_id` of its own it can be sent again later with a longer `played_for`."""
        event = {"played_at": instant(played_at), "played_for": played_for, "completed": completed, "source": source}
        if event_id is not None:
            event["event_id"] = str(event_id)
        await self._send(self._plays, "play", user_id, track_id, event)

    async def liked(self, user_id: UUID, track_id: UUID, at: datetime, *, notes: str | None = None) -> None:
        """A like, or new notes for one."""
        await self._send(self._likes, "like", user_id, track_id, {"occurred_at": instant(at), "notes": notes})

    async def unliked(self, user_id: UUID, track_id: UUID, at: datetime) -> None:
        """The end of a like. To delete the row instead leaves no trace, and an old like would bring it back."""
        await self._send(self._likes, "unlike", user_id, track_id, {"occurred_at": instant(at)})

    async def _send(self, topic: str, kind: str, user_id: UUID, track_id: UUID, fields: dict) -> None:
        event = {"type": kind, "user_id": str(user_id), "track_id": str(track_id), **fields}
        # keyed by the user, so that one partition has all of a listener's events in their order
        await self._producer.send_and_wait(topic, event, key=str(user_id).encode())


def instant(time: datetime) -> str:
    """RFC 3339; a time without a zone would be somebody's guess."""
    if time.tzinfo is None:
        raise ValueError("the time needs a zone: datetime.now(timezone.utc)")
    return time.isoformat()


async def main(brokers: str, plays: str, likes: str, user_id: UUID, track_id: UUID) -> None:
    """One event of each kind."""
    now = datetime.now(timezone.utc)
    async with Events(brokers, plays, likes) as events:
        await events.played(user_id, track_id, now, played_for=215, completed=True, source="web")
        await events.unliked(user_id, track_id, now - timedelta(days=365))
        await events.liked(user_id, track_id, now, notes="for the drive home")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], UUID(sys.argv[4]), UUID(sys.argv[5])))
