CREATE TABLE "runs" (
  "id" INTEGER PRIMARY KEY,
  "portlab" TEXT,
  "commit" TEXT,
  "ns3" TEXT,
  "scenario_file" TEXT,
  "scenario_sha256" TEXT,
  "scenario_name" TEXT,
  "scenario_question" TEXT,
  "notes" TEXT,
  "run" INTEGER,
  "seed",
  "set" TEXT,
  "simulated_s" REAL,
  "wall_s" REAL,
  "connections" INTEGER,
  "connections_per_wall_s" REAL,
  "verdict_sentence" TEXT,
  "verdict_limit" TEXT,
  "verdict_where" TEXT,
  "verdict_since_s" REAL,
  "verdict_used" INTEGER,
  "verdict_usable" INTEGER,
  "verdict_next_limit" TEXT,
  "verdict_next_limit_factor" REAL,
  "scenario_text" TEXT
);
CREATE VIEW "run_results" AS
  SELECT "id" AS "run_id", "portlab", "commit", "ns3", "scenario_file", "scenario_sha256", "scenario_name", "scenario_question", "notes", "run", "seed", "set", "simulated_s", "wall_s", "connections", "connections_per_wall_s", "verdict_sentence", "verdict_limit", "verdict_where", "verdict_since_s", "verdict_used", "verdict_usable", "verdict_next_limit", "verdict_next_limit_factor"
  FROM runs;
CREATE TABLE "hosts" (
  "run_id" INTEGER NOT NULL REFERENCES runs("id") ON DELETE CASCADE,
  "name" TEXT,
  "os" TEXT,
  "count" INTEGER,
  "attempts" INTEGER,
  "connected" INTEGER,
  "pending" INTEGER,
  "failed_no_free_port" INTEGER,
  "failed_time_wait_collision" INTEGER,
  "failed_nat_no_port" INTEGER,
  "failed_nat_table_full" INTEGER,
  "failed_connect_timeout" INTEGER,
  "failed_firewall" INTEGER,
  "failed_peer_time_wait" INTEGER,
  "failed_pool_full" INTEGER,
  "failed_share" REAL,
  "first_failure_s" REAL,
  "ports_held_mean" REAL,
  "ports_held_peak" INTEGER,
  "time_wait_mean" REAL,
  "time_wait_peak" INTEGER,
  "probes_mean" REAL,
  "probes_p50" INTEGER,
  "probes_p99" INTEGER,
  "probes_max" INTEGER,
  "search_ns_mean" REAL,
  "search_ns_p50" INTEGER,
  "search_ns_p99" INTEGER,
  "search_ns_max" INTEGER,
  "port_reuse_min_s" REAL
);
CREATE INDEX "hosts_by_run" ON "hosts" ("run_id");
CREATE VIEW "host_results" AS
  SELECT "run_id", runs."scenario_name", runs."set", runs."run", runs."seed", runs."scenario_file", runs."scenario_sha256", runs."portlab", runs."commit", runs."ns3", part."name", part."os", part."count", part."attempts", part."connected", part."pending", part."failed_no_free_port", part."failed_time_wait_collision", part."failed_nat_no_port", part."failed_nat_table_full", part."failed_connect_timeout", part."failed_firewall", part."failed_peer_time_wait", part."failed_pool_full", part."failed_share", part."first_failure_s", part."ports_held_mean", part."ports_held_peak", part."time_wait_mean", part."time_wait_peak", part."probes_mean", part."probes_p50", part."probes_p99", part."probes_max", part."search_ns_mean", part."search_ns_p50", part."search_ns_p99", part."search_ns_max", part."port_reuse_min_s"
  FROM "hosts" AS part JOIN runs ON runs."id" = part."run_id";
CREATE TABLE "traffic" (
  "run_id" INTEGER NOT NULL REFERENCES runs("id") ON DELETE CASCADE,
  "name" TEXT,
  "requests" INTEGER,
  "requests_failed" INTEGER,
  "attempts" INTEGER,
  "connect_delay_p50_s" REAL,
  "connect_delay_p99_s" REAL,
  "retries" INTEGER
);
CREATE INDEX "traffic_by_run" ON "traffic" ("run_id");
CREATE VIEW "traffic_results" AS
  SELECT "run_id", runs."scenario_name", runs."set", runs."run", runs."seed", runs."scenario_file", runs."scenario_sha256", runs."portlab", runs."commit", runs."ns3", part."name", part."requests", part."requests_failed", part."attempts", part."connect_delay_p50_s", part."connect_delay_p99_s", part."retries"
  FROM "traffic" AS part JOIN runs ON runs."id" = part."run_id";
CREATE TABLE "pairs" (
  "run_id" INTEGER NOT NULL REFERENCES runs("id") ON DELETE CASCADE,
  "from" TEXT,
  "through" TEXT,
  "to" TEXT,
  "attempts" INTEGER,
  "failed_no_free_port" INTEGER,
  "failed_time_wait_collision" INTEGER,
  "failed_nat_no_port" INTEGER,
  "failed_nat_table_full" INTEGER,
  "failed_connect_timeout" INTEGER,
  "failed_firewall" INTEGER,
  "failed_peer_time_wait" INTEGER,
  "failed_pool_full" INTEGER,
  "ports_used_peak" INTEGER,
  "ports_usable" INTEGER,
  "utilisation_peak" REAL,
  "first_failure_s" REAL
);
CREATE INDEX "pairs_by_run" ON "pairs" ("run_id");
CREATE VIEW "pair_results" AS
  SELECT "run_id", runs."scenario_name", runs."set", runs."run", runs."seed", runs."scenario_file", runs."scenario_sha256", runs."portlab", runs."commit", runs."ns3", part."from", part."through", part."to", part."attempts", part."failed_no_free_port", part."failed_time_wait_collision", part."failed_nat_no_port", part."failed_nat_table_full", part."failed_connect_timeout", part."failed_firewall", part."failed_peer_time_wait", part."failed_pool_full", part."ports_used_peak", part."ports_usable", part."utilisation_peak", part."first_failure_s"
  FROM "pairs" AS part JOIN runs ON runs."id" = part."run_id";
CREATE TABLE "services" (
  "run_id" INTEGER NOT NULL REFERENCES runs("id") ON DELETE CASCADE,
  "name" TEXT,
  "accepted" INTEGER,
  "time_wait_peak" INTEGER,
  "tuple_collisions" INTEGER
);
CREATE INDEX "services_by_run" ON "services" ("run_id");
CREATE VIEW "service_results" AS
  SELECT "run_id", runs."scenario_name", runs."set", runs."run", runs."seed", runs."scenario_file", runs."scenario_sha256", runs."portlab", runs."commit", runs."ns3", part."name", part."accepted", part."time_wait_peak", part."tuple_collisions"
  FROM "services" AS part JOIN runs ON runs."id" = part."run_id";
CREATE TABLE "nats" (
  "run_id" INTEGER NOT NULL REFERENCES runs("id") ON DELETE CASCADE,
  "name" TEXT,
  "preset" TEXT,
  "devices" INTEGER,
  "addresses" INTEGER,
  "asked" INTEGER,
  "granted" INTEGER,
  "dropped" TEXT,
  "preserved_share" REAL,
  "collisions" INTEGER,
  "evicted" INTEGER,
  "lost" INTEGER,
  "mappings_mean" REAL,
  "mappings_peak" INTEGER,
  "mappings_most" INTEGER,
  "ports_in_use_peak" INTEGER,
  "ports_usable" INTEGER,
  "probes_mean" REAL,
  "subscribers" INTEGER,
  "ports_per_subscriber_mean" REAL,
  "ports_per_subscriber_p99" INTEGER,
  "ports_per_subscriber_max" INTEGER,
  "block_utilisation_peak" REAL,
  "log_records" INTEGER
);
CREATE INDEX "nats_by_run" ON "nats" ("run_id");
CREATE VIEW "nat_results" AS
  SELECT "run_id", runs."scenario_name", runs."set", runs."run", runs."seed", runs."scenario_file", runs."scenario_sha256", runs."portlab", runs."commit", runs."ns3", part."name", part."preset", part."devices", part."addresses", part."asked", part."granted", part."dropped", part."preserved_share", part."collisions", part."evicted", part."lost", part."mappings_mean", part."mappings_peak", part."mappings_most", part."ports_in_use_peak", part."ports_usable", part."probes_mean", part."subscribers", part."ports_per_subscriber_mean", part."ports_per_subscriber_p99", part."ports_per_subscriber_max", part."block_utilisation_peak", part."log_records"
  FROM "nats" AS part JOIN runs ON runs."id" = part."run_id";
CREATE TABLE "samples" (
  "run_id" INTEGER NOT NULL REFERENCES runs("id") ON DELETE CASCADE,
  "entity" TEXT,
  "name" TEXT,
  "quantity" TEXT,
  "time_s" REAL,
  "value" REAL
);
CREATE INDEX "samples_by_run" ON "samples" ("run_id");
CREATE VIEW "sample_results" AS
  SELECT "run_id", runs."scenario_name", runs."set", runs."run", runs."seed", runs."scenario_file", runs."scenario_sha256", runs."portlab", runs."commit", runs."ns3", part."entity", part."name", part."quantity", part."time_s", part."value"
  FROM "samples" AS part JOIN runs ON runs."id" = part."run_id";
CREATE TABLE "histograms" (
  "run_id" INTEGER NOT NULL REFERENCES runs("id") ON DELETE CASCADE,
  "entity" TEXT,
  "name" TEXT,
  "quantity" TEXT,
  "low" REAL,
  "high" REAL,
  "count" INTEGER
);
CREATE INDEX "histograms_by_run" ON "histograms" ("run_id");
CREATE VIEW "histogram_results" AS
  SELECT "run_id", runs."scenario_name", runs."set", runs."run", runs."seed", runs."scenario_file", runs."scenario_sha256", runs."portlab", runs."commit", runs."ns3", part."entity", part."name", part."quantity", part."low", part."high", part."count"
  FROM "histograms" AS part JOIN runs ON runs."id" = part."run_id";
PRAGMA application_id = 1347182946;
PRAGMA user_version = 3;
