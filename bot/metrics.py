"""What this process counts, for /metrics. Kinds and results only: no names, texts or ids of people."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """Counters of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._updates = Counter(
            "convoca_updates", "Updates handled, by kind; failed ones apart.", ["kind"], registry=self.registry
        )
        self._seconds = Histogram(
            "convoca_update_seconds", "Seconds that handling an update took.", registry=self.registry
        )
        self._sends = Counter(
            "convoca_deliveries", "Owed messages, by kind and how they ended.", ["kind", "how"], registry=self.registry
        )

    def handled(self, kind: str, seconds: float) -> None:
        """Count an update by its kind, or `failed`."""
        self._updates.labels(kind).inc()
        self._seconds.observe(seconds)

    def delivered(self, kind: str, how: str) -> None:
        """Count how an owed message ended: sent, dropped, dead, or pending again."""
        self._sends.labels(kind, how).inc()
