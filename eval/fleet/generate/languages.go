package generate

// language is what services are written in. body is a function; of its three verbs the
// first two are names and the third a number, and N is its own name.
type language struct {
	ext, folder, manifest, depends string
	head, body                     string
}

var languages = []language{
	{".go", "internal", "go.mod", "module example.com/shop/{{.Name}}\n\ngo 1.24\n\nrequire (\n\tgo.opentelemetry.io/otel v1.38.0\n\tgithub.com/jackc/pgx/v5 v5.7.6\n\tgithub.com/sony/gobreaker/v2 v2.3.0\n)\n",
		"package internal\n\nimport (\n\t\"context\"\n\t\"fmt\"\n)\n", `
// N looks an item of %[1]s up and gives its price, or an error that names it.
func N(ctx context.Context, store Store, id string) (int, error) {
	item, err := store.Get(ctx, "%[2]s", id)
	if err != nil {
		return 0, fmt.Errorf("%[2]s %%s: %%w", id, err)
	}
	total := item.Price * item.Count
	for _, discount := range item.Discounts {
		total -= discount.Of(total, %[3]d)
	}
	return max(0, total), nil
}
`},
	{".ts", "src", "package.json", "{\n  \"name\": \"@shop/{{.Name}}\",\n  \"private\": true,\n  \"scripts\": {\"test\": \"vitest run\", \"build\": \"tsc\"},\n  \"dependencies\": {\"express\": \"5.1.0\", \"pino\": \"9.9.0\", \"@opentelemetry/sdk-node\": \"0.205.0\"},\n  \"devDependencies\": {\"vitest\": \"3.2.4\", \"typescript\": \"5.9.2\"}\n}\n",
		"import { Store, Item } from './store';\n", `
/** N looks an item of %[1]s up and gives its price. */
export async function N(store: Store, id: string): Promise<number> {
  const item: Item | undefined = await store.get('%[2]s', id);
  if (item === undefined) {
    throw new Error('%[2]s ' + id + ' is not there');
  }
  let total = item.price * item.count;
  for (const discount of item.discounts) {
    total -= discount.of(total, %[3]d);
  }
  return Math.max(0, total);
}
`},
	{".py", "app", "pyproject.toml", "[project]\nname = \"{{.Name}}\"\nversion = \"1.0.0\"\ndependencies = [\"fastapi==0.117.1\", \"structlog==25.4.0\", \"tenacity==9.1.2\", \"opentelemetry-sdk==1.37.0\"]\n",
		"from app.store import Store\n", `

async def N(store: Store, id: str) -> int:
    """Looks an item of %[1]s up and gives its price."""
    item = await store.get("%[2]s", id)
    if item is None:
        raise LookupError(f"%[2]s {id} is not there")
    total = item.price * item.count
    for discount in item.discounts:
        total -= discount.of(total, %[3]d)
    return max(0, total)
`},
	{".java", "src/main/java/shop", "pom.xml", "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>com.example.shop</groupId>\n  <artifactId>{{.Name}}</artifactId>\n  <version>1.0.0</version>\n  <dependencies>\n    <dependency><groupId>io.github.resilience4j</groupId><artifactId>resilience4j-spring-boot3</artifactId><version>2.3.0</version></dependency>\n    <dependency><groupId>org.flywaydb</groupId><artifactId>flyway-core</artifactId><version>11.13.0</version></dependency>\n  </dependencies>\n</project>\n",
		"package shop;\n\nfinal class Prices {}\n", `
/** N looks an item of %[1]s up and gives its price. */
final class N {
    int price(Store store, String id) {
        Item item = store.get("%[2]s", id);
        if (item == null) {
            throw new IllegalArgumentException("%[2]s " + id + " is not there");
        }
        int total = item.price() * item.count();
        for (Discount discount : item.discounts()) {
            total -= discount.of(total, %[3]d);
        }
        return Math.max(0, total);
    }
}
`},
	{".cs", "Prices", "Service.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\">\n  <PropertyGroup><TargetFramework>net9.0</TargetFramework><AssemblyName>{{.Name}}</AssemblyName></PropertyGroup>\n  <ItemGroup>\n    <PackageReference Include=\"Polly\" Version=\"8.6.3\" />\n    <PackageReference Include=\"Serilog.AspNetCore\" Version=\"9.0.0\" />\n  </ItemGroup>\n</Project>\n",
		"namespace Shop;\n", `
/// <summary>N looks an item of %[1]s up and gives its price.</summary>
internal sealed class N
{
    public int Price(IStore store, string id)
    {
        var item = store.Get("%[2]s", id) ?? throw new KeyNotFoundException("%[2]s " + id + " is not there");
        var total = item.Price * item.Count;
        foreach (var discount in item.Discounts)
        {
            total -= discount.Of(total, %[3]d);
        }
        return Math.Max(0, total);
    }
}
`},
}
