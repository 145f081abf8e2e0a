-- modify "periods" table
ALTER TABLE "periods" ADD COLUMN "origins" character varying NOT NULL DEFAULT '';
