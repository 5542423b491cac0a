package detect

import "strings"

// common are words that are surnames or given names too, or lie one letter
// away from many: by themselves they name nobody.
var common = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`
		able about above again alone along also among angle apple april august away back baker ball band bank bard barn base
		bean bear beck bell bench berry best bill bird bishop black blue bond book boss both bowl brook brown bush butler
		came camp cane care carter case chance chase cheap child church clay clear close cloud coal cold come cook cool
		cooper count court craft cross crow dale dame dark dawn dean deer does done down drake drew each earl east else
		even ever faith farm field finch fire fish flood flower ford forest forge found fowl fox frank free frost fuller
		gale game gate gene give glass glen gold good grace grant grass gray green grey grove hale hall hand hard hart
		have hawk heart heath here high hill holly home hood hope horn house hunt hunter ivory jack jade jean jewel john
		joy june just keen king knight lake lamb land lane last late leaf league less like lily line ling list little live long
		look lord loss love made make male mark marsh mason mead mean mercy mill miller mine mint miss moon moor more most much
		must name near neck need next nice night noble none north olive only open over page paige palmer park parker part
		pass past peak peel pepper pike pine place plane point pond pool poor pope porter post potter pound power price
		pride prince quick rain ranger reed reef rich ridge ring river road robin rock rose rule ruby sage sale salt same
		sand save seal sean sell shark sharp shaw shepherd short side silver slate smart smith snow some song south spark
		stark star steel stone storm strange street strong summer such swan sweet take tale tall taylor tell than that them then
		they thing this thorn tide tiger time told tree true turner vale very voice walk walker wall want ward ware
		warm warner watch water weaver week well went were west what wheel when where white wild will wind winter wise
		with wolf wood woods work world worth wren yard year york young your zero
		anna maria mary james john david michael daniel sarah laura peter paul thomas robert william mark
		nguyen tran pham hoang huynh phan truong bui dang ngo duong thanh minh tuan hung dung phuong thao trang linh
		wang zhang chen yang zhao huang zhou liu lin
		garcia lopez perez gomez martin ruiz diaz silva santos cruz reyes flores torres
		smithson johnson williams jones davis wilson moore anderson jackson thompson
	`) {
		m[w] = true
	}
	return m
}()
